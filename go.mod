module github.com/drawbridge-soar/drawbridge

go 1.26
